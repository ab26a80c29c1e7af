"""Sentences of three kinds, in many scripts: what messages are about."""

MEETINGS = """
Are we still meeting for lunch on Friday? The café by the river opens at noon.
Kannst du bitte die Äpfel und das Brot vom Bäcker mitbringen? Grüße aus Köln!
Мы встретимся завтра в семь часов у входа в библиотеку, не опаздывай.
明日の会議は午後三時からです。資料を忘れないでください。
मैं कल सुबह की बैठक में नहीं आ सकूँगा, कृपया रिपोर्ट भेज दीजिए।
سنلتقي غدا في الساعة السابعة أمام المكتبة، لا تتأخر.
Θα συναντηθούμε αύριο στις επτά έξω από τη βιβλιοθήκη, ΜΗΝ ΑΡΓΗΣΕΙΣ.
"""
OFFERS = """
FREE MONEY!!! Click here to claim your prize of 1,000,000 dollars today only!!!
Congratulations, you have WON a free cruise 🎉🎉🎉 reply now now now to claim it
GAGNEZ un téléphone gratuit — cliquez ici, offre limitée, argent facile garanti !
恭喜您中奖一百万元！免费领取，立即点击这里，机会难得！
מזל טוב! זכית במיליון דולר בחינם, לחץ כאן עכשיו כדי לקבל את הפרס!
축하합니다! 무료로 백만 원 상금에 당첨되셨습니다, 지금 여기를 클릭하세요!
TEBRİKLER! Ücretsiz bir milyon lira KAZANDINIZ, hemen tıklayın ve ödülünüzü alın!
"""
MACHINES = """
The build of branch x_86 failed at 03:14, see log_2.txt; don't merge it yet.
Disk /dev/sda1 is 97% full\ton host node-7, please delete old_files soon.
ﬁle naïve.py has e\u0301 two ways: \u00e9 and e\u0301, ½ of the ² tests fail ① Ⅷ.
Der Server straße.example.de antwortet nicht, ＦＵＬＬ ｗｉｄｔｈ ｱｲｳ, bitte neu starten.
Job 42 of 100 done: the cat sat on the mat and the dog ate the cat's fish.
"""
SENTENCES = [text.strip().splitlines() for text in (MEETINGS, OFFERS, MACHINES)]
